using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Public mask terms name the rule by which a job's mask was chosen, which depends on nobody's data, and let the values beyond the mask travel in clear with
/// the whole noise of each client.
/// </summary>
/// <remarks>
/// Every party applies the rule itself, so that a mask from sensitivity maps cannot pass for another one: a choice by private data is a release that nothing
/// here pays for. Encrypted values carry a client's share of the noise, and values in clear all of it, because whoever sees an upload sees them alone.
/// </remarks>
public sealed record PublicMaskTerms
{
    /// <summary>Creates public mask terms.</summary>
    /// <param name="policy">The rule: at random by a public seed, or by the names of layers and tensors.</param>
    /// <exception cref="PrivacyRefusedException">The policy needs sensitivities, which are computed from private data.</exception>
    /// <exception cref="FormatException">The policy's text is longer than a policy may be.</exception>
    public PublicMaskTerms(MaskPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Policy = MaskPolicy.Parse(policy.ToString());
        if (Policy.NeedsSensitivity)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.MaskFromSensitivities);
        }
    }

    /// <summary>The rule that selects the encrypted values.</summary>
    public MaskPolicy Policy { get; }

    /// <summary>Returns the mask of a model.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <exception cref="PrivacyRefusedException">The layout lacks a layer that the rule names, or the rule leaves nothing in clear or nothing encrypted.</exception>
    public EncryptionMask MaskOf(ModelLayout layout)
        => TrySelect(layout) is EncryptionMask { IsAll: false } mask ? mask : throw new PrivacyRefusedException(PrivacyRefusal.OtherMask);

    /// <summary>Tells whether a mask is the one that the rule selects, and leaves values in clear.</summary>
    internal bool Selects(EncryptionMask mask, ModelLayout layout) => !mask.IsAll && TrySelect(layout)?.Digest == mask.Digest;

    internal void Write(WireWriter writer) => writer.WriteString(Policy.ToString());

    internal static PublicMaskTerms? Read(ref WireReader reader)
    {
        MaskPolicy? policy = PolicyText.Read(ref reader);
        reader.Require(policy is { NeedsSensitivity: false }, FormatError.FieldOutOfRange);
        return reader.Failed ? null : new PublicMaskTerms(policy!);
    }

    private EncryptionMask? TrySelect(ModelLayout layout)
    {
        try
        {
            return Policy.Select(layout);
        }
        catch (ArgumentException)
        {
            // No layer of a name, or nothing selected.
            return null;
        }
    }
}
