using FedHe.Crypto;
using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>
/// The choices that a host configures for its part in a federation. They are validated when the host starts.
/// </summary>
public sealed class FederationOptions
{
    /// <summary>
    /// The scheme whose key the clients of a job share, which one of the <c>Use...</c> methods sets; null where committees open sums, whose
    /// keys belong to no scheme.
    /// </summary>
    public IHeScheme? Scheme { get; set; }

    /// <summary>The scheme's parameters, or null for its default ones.</summary>
    public HeParameters? Parameters { get; set; }

    /// <summary>
    /// Who opens the sums of jobs; by default a committee, unless a <see cref="Scheme"/> was chosen. <see
    /// cref="FederationFactory.SettleKeys"/> makes a plan of it.
    /// </summary>
    public KeyManagement Keys { get; set; } = KeyManagement.Automatic;

    /// <summary>The risks and message lengths that the host's parties tolerate.</summary>
    public FederationSafety Safety { get; set; } = new();

    /// <summary>
    /// The public seed of an auditable client selection, or null for a selection that nobody can foresee.
    /// </summary>
    public long? SamplingSeed { get; set; }

    /// <summary>The names of the schemes that were chosen, one after the other; more than one is a mistake.</summary>
    internal List<string> Chosen { get; } = [];

    /// <summary>The faults of the configuration that the options were read from.</summary>
    internal List<string> Faults { get; } = [];

    /// <summary>Chooses the scheme, which may happen only once for a federation.</summary>
    internal void Choose(IHeScheme scheme, HeParameters? parameters)
    {
        Chosen.Add(scheme.Name);
        Scheme = scheme;
        Parameters = parameters;
    }
}
