namespace FedHe.Benchmarks.Masks;

/// <summary>A mask result holds the figures of a selection as one JSON object, with times in milliseconds, sizes in
/// bytes and fields that are never renamed.</summary>
internal sealed record MaskResult
{
    public required int Params { get; init; }

    public required string Policy { get; init; }

    public required long Selected { get; init; }

    /// <summary>The time of the first selection, from the map to a mask with its digest.</summary>
    public required double FirstMs { get; init; }

    /// <summary>The median time of the repeated selections.</summary>
    public required double SelectMs { get; init; }

    /// <summary>The memory that the map occupies.</summary>
    public required long MapBytes { get; init; }

    /// <summary>The total memory that one selection allocates, the mask included, whether or not it is all in use at
    /// the same time.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The length of the mask on the wire.</summary>
    public required long MaskBytes { get; init; }

    public double AllocatedBytesPerParameter => (double)AllocatedBytes / Params;

    public required string Cpu { get; init; }

    public required string Commit { get; init; }
}
