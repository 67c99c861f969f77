namespace FedHe.Learning.Layers;

/// <summary>What a pooling layer keeps of every window.</summary>
public enum PoolingKind
{
    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The mean.</summary>
    Average,
}
