namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>Log limits say how much of a job stands in its log, and in files that the log refers to, before the state is saved. Tests make them smaller.</summary>
internal sealed record LogLimits
{
    /// <summary>
    /// The length in bytes above which the state is saved in the place of another change, and above which an upload is never in memory as a whole. A restart
    /// reads such a log in a moment, and a disk has room for it beside the state.
    /// </summary>
    public long LongestLog { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// The largest number of files that the log refers to. A restart takes all of them in again, and they stand on the disk beside the state; the more of them
    /// there are, the less often a state is written.
    /// </summary>
    public int MostKept { get; init; } = 8;

    /// <summary>The length in bytes of all files together that the log refers to, above which the state is saved: a restart reads them all.</summary>
    public long LongestKept { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>The length in bytes of the longest state, which a process that starts reads as a whole: what an array can have.</summary>
    public long LongestState { get; init; } = Array.MaxLength;

    /// <summary>The length in bytes of the shortest upload to which the log refers: it holds as many of the shorter ones and more.</summary>
    public long ShortestKept { get; init; } = 8 * 1024 * 1024;
}
