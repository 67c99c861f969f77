using System.Security.Cryptography;

namespace FedHe.TestKit.Machines;

/// <summary>The ML-KEM of this machine, which the operating system's cryptographic library may lack.</summary>
public static class MLKemInstallation
{
    private const string Variable = "FEDHE_MLKEM_DEMANDED";

    /// <summary>Why tests cannot use ML-KEM, or null if they can. Where it is demanded, they run and fail instead.</summary>
    public static string? WhyNot { get; } =
        MLKem.IsSupported || Environment.GetEnvironmentVariable(Variable) is { Length: > 0 }
            ? null
            : "ML-KEM did not take part: it needs OpenSSL 3.5 or later, or a Windows that has it. eng/debian13 runs the tests where the system " +
                "has an older one.";
}
