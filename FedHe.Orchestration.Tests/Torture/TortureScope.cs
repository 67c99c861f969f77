namespace FedHe.Orchestration.Tests.Torture;

/// <summary>How many of the points at which a run can be disturbed are tried: a sample of them, or all where FEDHE_TORTURE is "all" (eng/long torture).</summary>
internal static class TortureScope
{
    /// <summary>Whether everything is enumerated, and not only the sample that CI runs.</summary>
    public static bool IsComplete { get; } = Environment.GetEnvironmentVariable("FEDHE_TORTURE") == "all";

    /// <summary>Returns 1 where everything is enumerated, and otherwise the step of a sample.</summary>
    public static int Step(int ofSample) => IsComplete ? 1 : ofSample;
}
