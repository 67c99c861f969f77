using FedHe.Crypto;
using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>
/// The choices that a host configures once for its part in federations. They are validated when the host starts.
/// </summary>
public sealed class FederationOptions
{
    /// <summary>The scheme, which one of the <c>Use...</c> methods sets.</summary>
    public IHeScheme? Scheme { get; set; }

    /// <summary>The scheme's parameters, or null for its default ones.</summary>
    public HeParameters? Parameters { get; set; }

    /// <summary>The risks and message lengths that the host's parties tolerate.</summary>
    public FederationSafety Safety { get; set; } = new();

    /// <summary>
    /// The public seed of an auditable client selection, or null for a selection that nobody can foresee.
    /// </summary>
    public long? SamplingSeed { get; set; }
}
