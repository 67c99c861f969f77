namespace FedHe.Benchmarks.Masks;

/// <summary>The figures of a selection, as one JSON object. Times are in milliseconds, sizes in bytes; fields are never renamed.</summary>
internal sealed record MaskResult
{
    public required int Params { get; init; }

    public required string Policy { get; init; }

    public required int Selected { get; init; }

    /// <summary>From the map to a mask with its digest, the first time.</summary>
    public required double FirstMs { get; init; }

    /// <summary>The median of the repetitions.</summary>
    public required double SelectMs { get; init; }

    /// <summary>Memory that the map occupies.</summary>
    public required long MapBytes { get; init; }

    /// <summary>Everything that one selection allocates, the mask included, whether or not it is needed at the same time.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The mask on the wire.</summary>
    public required long MaskBytes { get; init; }

    public double AllocatedBytesPerParameter => (double)AllocatedBytes / Params;

    public required string Cpu { get; init; }

    public required string Commit { get; init; }
}
