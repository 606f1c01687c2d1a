import Codecs
import Logging
import Media
import NIOCore
import NIOPosix

@testable import MediaTransport

enum NIOSingletons {
    static let loop = MultiThreadedEventLoopGroup.singleton.next()
    static let logger = Logger(label: "test")
}
