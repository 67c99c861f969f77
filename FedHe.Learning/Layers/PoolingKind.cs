namespace FedHe.Learning.Layers;

/// <summary>A pooling kind names the value that a pooling layer keeps of every window.</summary>
public enum PoolingKind
{
    /// <summary>The largest value under the window.</summary>
    Max,

    /// <summary>The mean of the values under the window.</summary>
    Average,
}
