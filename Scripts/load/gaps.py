#!/usr/bin/env python3
"""Reads recordings of what callers were sent, in which an engine speaks, is lost, filler comes and another engine speaks:
gaps.py FILE... prints how long nothing was heard after the first engine's last sound, and how long at most, in ms."""
import array
import sys
import wave

FRAME = 20
# The greatest sample of a frame in which nothing is heard: about -55 dBov of a tone.
SILENCE = 82
# The engines speak louder than this, filler is softer.
SPOKEN = 3_300


def silences(path):
    """Stretches without sound as (start, length) in ms, from the first sound to the last; the end of the first engine's
    words, and the length of all."""
    with wave.open(path) as file:
        rate = file.getframerate()
        samples = array.array("h", file.readframes(file.getnframes()))
    step = rate * FRAME // 1_000
    frames = (samples[start:start + step] for start in range(0, len(samples) - step + 1, step))
    levels = [max(max(frame), -min(frame)) for frame in frames]
    sound = [level > SILENCE for level in levels]
    if True not in sound:
        return None
    first, last = sound.index(True), len(sound) - 1 - sound[::-1].index(True)
    found, begun = [], None
    for index in range(first, last + 1):
        if sound[index]:
            if begun is not None:
                found.append(((begun - first) * FRAME, (index - begun) * FRAME))
            begun = None
        elif begun is None:
            begun = index
    spoken = first
    while spoken <= last and levels[spoken] > SPOKEN:
        spoken += 1
    return found, (spoken - first) * FRAME, (last - first) * FRAME


def main():
    after, longest, lengths, mute = [], [], [], 0
    for path in sys.argv[1:]:
        read = silences(path)
        if read is None:
            mute += 1
            continue
        found, end, length = read
        lengths.append(length)
        if end > 0:  # Otherwise the first engine did not get the call.
            after.append(next((gap for start, gap in found if start == end), 0))
        longest.append(max((gap for _, gap in found), default=0))
    for name, values in (("after the loss", after), ("longest of a call", longest), ("from first to last sound", lengths)):
        values.sort()
        middle, high = values[len(values) // 2], values[min(len(values) - 1, len(values) * 99 // 100)]
        print(f"silence {name}: n={len(values)} p50={middle} p99={high} max={values[-1]} ms"
              if name != "from first to last sound" else f"heard {name}: p50={middle} min={values[0]} ms")
    if mute:
        print(f"without any sound: {mute}")


main()
