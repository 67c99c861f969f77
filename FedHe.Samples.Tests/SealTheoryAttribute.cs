namespace FedHe.Samples.Tests;

/// <summary>A test of a sample that runs Microsoft SEAL itself: skipped, with the reason, where no path of SEAL is given.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SealTheoryAttribute : TheoryAttribute
{
    private const string Variable = "FEDHE_SEALC_PATH";

    /// <summary>Decides when tests are discovered.</summary>
    public SealTheoryAttribute() => Skip = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 }
        ? null
        : $"Microsoft SEAL did not take part; set {Variable} to the path of libsealc.";
}
