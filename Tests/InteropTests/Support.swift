import ReferenceAS
import Testing
