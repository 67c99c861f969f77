using FedHe.Crypto;
using FedHe.Crypto.Parameters;
using FedHe.Orchestration.Job;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>A validator that refuses options that could not work, or that protect nothing without saying so.</summary>
internal sealed class FederationOptionsValidator : IValidateOptions<FederationOptions>
{
    internal const int SmallestMessageLimit = 1024;

    public ValidateOptionsResult Validate(string? name, FederationOptions options)
    {
        var faults = new List<string>(options.Faults);
        if (options.Chosen.Count > 1)
        {
            faults.Add(
                $"Several schemes were chosen: {string.Join(", ", options.Chosen)}. Choose one, and give every further federation of the host a name: " +
                "AddFederation(name).");
        }

        if (options.Scheme is IHeScheme scheme)
        {
            AddParameterFaults(scheme, options, faults);
            if (options.Keys.IsCommittee)
            {
                faults.Add($"Committees were chosen, whose keys belong to no scheme, and the scheme '{scheme.Name}' beside them. Leave one of the two out.");
            }
        }
        else if (options.Keys.IsAuthority && faults.Count == 0)
        {
            // A faulty configuration may be the reason, and says so itself.
            faults.Add("An authority's key was chosen, and no scheme that it belongs to. Call UseCkks() after AddFederation(), or name one in the configuration.");
        }

        if (options.Safety.MaxMessageBytes is < SmallestMessageLimit or > FederationSafety.LargestMessageBytes)
        {
            faults.Add($"{nameof(FederationSafety.MaxMessageBytes)} must be from {SmallestMessageLimit} to {FederationSafety.LargestMessageBytes}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(string.IsNullOrEmpty(name) ? faults : faults.Select(fault => $"Federation '{name}': {fault}"));
    }

    private static void AddParameterFaults(IHeScheme scheme, FederationOptions options, List<string> faults)
    {
        HeParameters parameters = options.Parameters ?? scheme.DefaultParameters;
        if (parameters.SchemeName != scheme.Name)
        {
            faults.Add($"The parameters belong to the scheme '{parameters.SchemeName}', not to '{scheme.Name}'.");
        }

        if (parameters.SecurityLevel == SecurityLevel.None && !options.Safety.AllowInsecure)
        {
            faults.Add($"The scheme '{scheme.Name}' protects nothing. Call UseInsecurePlain() if that is intended, or set Safety:AllowInsecure in the configuration.");
        }
    }
}
