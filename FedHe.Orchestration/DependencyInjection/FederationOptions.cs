using FedHe.Crypto;
using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>The choices that a host configures once for its part in federations. Validated at start.</summary>
public sealed class FederationOptions
{
    /// <summary>The scheme; set by one of the <c>Use...</c> methods.</summary>
    public IHeScheme? Scheme { get; set; }

    /// <summary>The scheme's parameters, or null for its default ones.</summary>
    public HeParameters? Parameters { get; set; }

    /// <summary>What the host's parties tolerate.</summary>
    public FederationSafety Safety { get; set; } = new();

    /// <summary>Public seed of an auditable client selection, or null for an unforeseeable one.</summary>
    public long? SamplingSeed { get; set; }
}
