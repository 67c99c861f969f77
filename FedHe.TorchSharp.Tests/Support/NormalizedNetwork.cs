using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>Two layers with BatchNorm and dropout between them.</summary>
internal static class NormalizedNetwork
{
    public static Sequential Create() => nn.Sequential(
        ("fc1", nn.Linear(3, 4)), ("norm", nn.BatchNorm1d(4)), ("drop", nn.Dropout(0.5)), ("fc2", nn.Linear(4, 2)));
}
