using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Parties;

/// <summary>A validator that refuses options of a key authority that could not work, and says what to write.</summary>
internal sealed class KeyAuthorityOptionsValidator : IValidateOptions<FedHeKeyAuthorityOptions>
{
    private readonly PartyOptionsValidator _party = new();

    public ValidateOptionsResult Validate(string? name, FedHeKeyAuthorityOptions options)
    {
        ValidateOptionsResult party = _party.Validate(name, options);
        List<string> faults = [.. party.Failures ?? []];
        if (!options.TryReadRules(out _, out string? fault))
        {
            faults.Add($"FedHe, {name}: {fault}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
