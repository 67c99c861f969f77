namespace FedHe.Samples.Tests;

/// <summary>What a sample wrote, and how it ended.</summary>
internal sealed record SampleResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The lines of standard error that hold something.</summary>
    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
