#!/usr/bin/env python3
"""Draws the words of Datasets/ocr-1k from Stanford's OCR letters: 100 from each of the ten folds.

    Tools/datasets/ocr_sample.py letter.data.gz Datasets/ocr-1k/letter.data.gz

The words stay in the order of the file, their lines as they are.
"""

import argparse
import gzip
import random
from collections import defaultdict


def read_words(path):
    """The words, each a list of lines."""
    words, word = [], []
    with gzip.open(path, "rt", encoding="ascii") as file:
        for line in file:
            word.append(line)
            if line.split("\t", 3)[2] == "-1":
                words.append(word)
                word = []
    return words


def fold(word):
    """The fold that a word belongs to."""
    return int(word[0].split("\t", 6)[5])


def draw(words, per_fold, seed):
    """The places of the words to keep, in order."""
    places = defaultdict(list)
    for place, word in enumerate(words):
        places[fold(word)].append(place)
    generator = random.Random(seed)
    return sorted(place for key in sorted(places) for place in generator.sample(places[key], per_fold))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--per-fold", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    words = read_words(arguments.source)
    places = draw(words, arguments.per_fold, arguments.seed)
    text = "".join(line for place in places for line in words[place])
    # Without a name and a time in the header the same words give the same bytes.
    with open(arguments.target, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as compressed:
        compressed.write(text.encode("ascii"))
    letters = sum(len(words[place]) for place in places)
    print(f"{len(places)} of {len(words)} words, {letters} letters")


if __name__ == "__main__":
    main()
