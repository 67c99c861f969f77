"""Trains a PyTorch model as the training command of `fedhe train`.

    apt-get install python3-torch                                    # or: pip install torch safetensors
    python3 train.py --make model.safetensors                        # once: the model that all clients start from
    fedhe train north --exec "python3 train.py data-of-north.pt"     # in every round

The data file holds (inputs, labels), as torch.save writes them. Replace `build_model` and the loss with your own; the rest stays.
"""
import json
import os
import sys

import torch
from torch import nn

try:
    from safetensors.torch import load_file, save_file
except ImportError:
    from torch_safetensors import load_file, save_file


def build_model():
    return nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


def state_of(model):
    # Safetensors wants contiguous tensors. Tensors that share memory are saved once: drop one of their names here.
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items()}


def main():
    model = build_model()
    if sys.argv[1] == "--make":
        save_file(state_of(model), sys.argv[2], metadata={"format": "pt"})
        return

    with open(os.environ["FEDHE_TASK"], encoding="utf-8") as file:
        task = json.load(file)
    model.load_state_dict(load_file(os.environ["FEDHE_GLOBAL_MODEL"]))
    inputs, labels = torch.load(sys.argv[1], weights_only=True)

    # A second result for the same round must be another one: see "attempt" in docs/command.md.
    torch.manual_seed(1000 * task["round"] + task["attempt"])
    optimizer = torch.optim.SGD(model.parameters(), lr=task["learningRate"])
    loss = torch.zeros(())
    for epoch in range(task["epochs"]):
        order = torch.randperm(len(inputs))
        for start in range(0, len(inputs), task["batchSize"]):
            batch = order[start : start + task["batchSize"]]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
            loss.backward()
            optimizer.step()
        print("fedhe-progress %.3f" % ((epoch + 1) / task["epochs"]), flush=True)

    save_file(state_of(model), os.environ["FEDHE_LOCAL_MODEL"], metadata={"format": "pt"})
    with open(os.environ["FEDHE_METRICS"], "w", encoding="utf-8") as file:
        json.dump({"loss": float(loss)}, file)


if __name__ == "__main__":
    main()
