namespace FedHe.TestKit.Architecture;

/// <summary>Ambient state makes a result depend on the machine, the clock or an unseeded generator.</summary>
public static class AmbientState
{
    /// <summary>Tells whether a use depends on ambient state.</summary>
    public static bool IsIn(CodeReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Target.FullName switch
        {
            "System.Random" or "System.Console" => true,

            // Randomness comes from FedHe.Crypto.Random, which hedges it; RSA keys are made by the generator of the process.
            "System.Security.Cryptography.RandomNumberGenerator" or "System.Security.Cryptography.RSA" => true,

            // Iterators ask for their thread; nothing else may.
            "System.Environment" => reference.Member?.Name != "get_CurrentManagedThreadId",
            "System.DateTime" or "System.DateTimeOffset" => reference.Member?.Name is "get_Now" or "get_UtcNow" or "get_Today",
            _ => false,
        };
    }
}
