namespace FedHe.Safetensors.Headers;

/// <summary>The limits bound what a header may make a reader allocate.</summary>
public sealed record SafetensorsLimits
{
    /// <summary>The limits that readers apply where none are given.</summary>
    public static SafetensorsLimits Default { get; } = new();

    /// <summary>The length of the longest header or index, in bytes; by default 100,000,000, as in the reference implementation.</summary>
    public int MaxHeaderBytes { get; init; } = 100_000_000;

    /// <summary>The largest number of tensors in a file or an index.</summary>
    public int MaxTensors { get; init; } = 1_000_000;

    /// <summary>The largest number of entries of the metadata of a file.</summary>
    public int MaxMetadata { get; init; } = 10_000;

    /// <summary>The largest number of dimensions of a tensor.</summary>
    public int MaxRank { get; init; } = 64;

    /// <summary>The largest number of shards of a model.</summary>
    public int MaxShards { get; init; } = 10_000;
}
