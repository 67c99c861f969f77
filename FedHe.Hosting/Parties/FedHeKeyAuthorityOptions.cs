using System.Diagnostics.CodeAnalysis;
using FedHe.Hosting.Errors;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Identities;

namespace FedHe.Hosting.Parties;

/// <summary>Key-authority options are what a key authority needs in a host, with the administrators who must approve what it does, if any must.</summary>
public sealed class FedHeKeyAuthorityOptions : FedHePartyOptions
{
    /// <summary>
    /// The number of administrators who must approve every grant of keys and every plan of an epoch, at most as many as there are; 0, where nobody has to approve.
    /// </summary>
    public int Approvals { get; set; }

    /// <summary>
    /// The administrators: the name of each, with the key that verifies its approvals, as SubjectPublicKeyInfo in Base64 (<see cref="VerificationKey.Encoded"/>).
    /// </summary>
    public IDictionary<string, string> Administrators { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Returns the rules that the options state, or null where nobody has to approve.</summary>
    /// <exception cref="HostingException">The options state no rules that can work.</exception>
    public ApprovalRules? ReadRules() => TryReadRules(out ApprovalRules? rules, out string? fault) ? rules : throw Throw.ApprovalsRefused(fault);

    /// <summary>Reads the rules, or says what is wrong with them.</summary>
    internal bool TryReadRules(out ApprovalRules? rules, [NotNullWhen(false)] out string? fault)
    {
        rules = null;
        fault = null;
        if (Approvals == 0)
        {
            // Who names administrators wants them asked.
            fault = Administrators.Count == 0 ? null : "Administrators are named, and Approvals is 0. Write how many of them must approve, or leave them out.";
            return fault is null;
        }

        var administrators = new Dictionary<string, VerificationKey>(StringComparer.Ordinal);
        foreach ((string name, string text) in Administrators)
        {
            byte[] bytes = new byte[VerificationKey.SizeInBytes];
            if (!Convert.TryFromBase64String(text ?? string.Empty, bytes, out int length) || !VerificationKey.TryParse(bytes.AsSpan(0, length), out VerificationKey? key))
            {
                fault = $"Administrators has no key for {name}. Write its public key on P-256, as SubjectPublicKeyInfo in Base64: the card of the administrator has it.";
                return false;
            }

            administrators[name] = key;
        }

        try
        {
            rules = new ApprovalRules(Approvals, administrators);
            return true;
        }
        catch (ArgumentException)
        {
            fault = "Approvals must be from 0 to the number of Administrators, who need a name and a key each that no other one has; names have 1 to 64 ASCII letters, digits, dots, hyphens and underscores.";
            return false;
        }
    }
}
