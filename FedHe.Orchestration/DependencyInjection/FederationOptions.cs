using FedHe.Crypto;
using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>What a host configures once for its part in federations. Validated at start.</summary>
public sealed class FederationOptions
{
    /// <summary>The scheme; set by one of the <c>Use...</c> methods.</summary>
    public IHeScheme? Scheme { get; set; }

    /// <summary>The scheme's parameters, or null for its default ones.</summary>
    public HeParameters? Parameters { get; set; }

    /// <summary>Allows jobs that protect nothing: see <see cref="FederationServerOptions.AllowInsecurePlain"/>.</summary>
    public bool AllowInsecurePlain { get; set; }

    /// <summary>Length in bytes above which a message is refused unread, at most 1 GiB.</summary>
    public int MaxMessageBytes { get; set; } = 1 << 30;

    /// <summary>Public seed of an auditable client selection, or null for an unforeseeable one.</summary>
    public long? SamplingSeed { get; set; }
}
