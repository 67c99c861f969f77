namespace FedHe.Benchmarks.Uploads;

/// <summary>An upload result holds the figures of long uploads as one JSON object, with times in milliseconds and sizes in bytes.</summary>
internal sealed record UploadResult
{
    public required long Params { get; init; }

    /// <summary>The length of one upload.</summary>
    public required long UploadBytes { get; init; }

    public required int ChunkLength { get; init; }

    /// <summary>The times of plain requests with the same bytes, until they are on the disk.</summary>
    public required double[] PlainMs { get; init; }

    /// <summary>The times of uploads, until they are on the disk and folded in.</summary>
    public required double[] UploadMs { get; init; }

    /// <summary>The part of them that the last request took: the server reads the upload, verifies it, folds it in, and saves that.</summary>
    public required double[] FoldMs { get; init; }

    /// <summary>The bytes that the server had written to disks for each upload.</summary>
    public required long[] WrittenBytes { get; init; }

    /// <summary>The processor time of the server for each plain request.</summary>
    public required double[] PlainProcessorMs { get; init; }

    /// <summary>The processor time of the server for each upload.</summary>
    public required double[] UploadProcessorMs { get; init; }

    /// <summary>The median throughput of uploads divided by the median throughput of plain requests.</summary>
    public double Ratio => MedianOf(PlainMs) / MedianOf(UploadMs);

    /// <summary>The same by the shortest times.</summary>
    public double RatioOfShortest => PlainMs.Min() / UploadMs.Min();

    public required IReadOnlyList<Interruption> Interruptions { get; init; }

    /// <summary>The largest resident set of the server before the first upload.</summary>
    public required long IdlePeak { get; init; }

    /// <summary>The largest resident set of the server behind the uninterrupted uploads.</summary>
    public required long ServerPeak { get; init; }

    /// <summary>The uploads that the audit log has, and the number that there should be.</summary>
    public required int AcceptedUploads { get; init; }

    public required int Uploads { get; init; }

    public required string Cpu { get; init; }

    public required int Processors { get; init; }

    public required string Commit { get; init; }

    /// <summary>Whether each upload counts exactly once.</summary>
    public bool IsComplete => AcceptedUploads == Uploads;

    private static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
