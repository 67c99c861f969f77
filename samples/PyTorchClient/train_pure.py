"""Trains a linear model y = weight * x + bias in plain Python, as the training command of `fedhe train`.

    fedhe train north --exec "python3 train_pure.py data-of-north.json"

The data is a JSON list of [x, y]. Nothing but the standard library is needed, so it also shows what a training program has to do:
read FEDHE_GLOBAL_MODEL and FEDHE_TASK, train, and write FEDHE_LOCAL_MODEL and, if it likes, FEDHE_METRICS.
"""
import json
import os
import sys

from pure_safetensors import load, save


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    with open(os.environ["FEDHE_TASK"], encoding="utf-8") as file:
        task = json.load(file)
    tensors, metadata = load(os.environ["FEDHE_GLOBAL_MODEL"])
    (weight,), (bias,) = tensors["weight"][2], tensors["bias"][2]

    steps = task["epochs"] * len(data)
    for step in range(steps):
        x, y = data[step % len(data)]
        error = weight * x + bias - y
        weight -= task["learningRate"] * error * x
        bias -= task["learningRate"] * error
        if step % max(1, steps // 20) == 0:
            print("fedhe-progress %.3f" % (step / steps), flush=True)

    # Every tensor of the global model must come back, with its name and shape.
    tensors["weight"] = (*tensors["weight"][:2], [weight])
    tensors["bias"] = (*tensors["bias"][:2], [bias])
    save(os.environ["FEDHE_LOCAL_MODEL"], tensors, metadata)

    loss = sum((weight * x + bias - y) ** 2 for x, y in data) / len(data)
    with open(os.environ["FEDHE_METRICS"], "w", encoding="utf-8") as file:
        json.dump({"loss": loss, "round": task["round"]}, file)


if __name__ == "__main__":
    main()
