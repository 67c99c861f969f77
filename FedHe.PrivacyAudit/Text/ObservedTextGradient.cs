using FedHe.Learning.Models;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Text;

/// <summary>An observed text gradient is the view that a server has of a language model's partly encrypted gradient.</summary>
public sealed class ObservedTextGradient
{
    private readonly float[] _values;
    private readonly bool[] _encrypted;

    /// <summary>Hides the encrypted entries of a gradient.</summary>
    /// <param name="model">The model, known to the server.</param>
    /// <param name="gradient">The flat gradient, in the order of the model's parameters.</param>
    /// <param name="encrypted">The flags of the encrypted entries.</param>
    /// <exception cref="ArgumentException">A length is not the model's parameter count.</exception>
    public ObservedTextGradient(TokenModel model, ReadOnlySpan<float> gradient, ReadOnlySpan<bool> encrypted)
    {
        ArgumentNullException.ThrowIfNull(model);
        Throw.IfLengthDiffers(gradient.Length, model.ParameterCount, nameof(gradient));
        Throw.IfLengthDiffers(encrypted.Length, model.ParameterCount, nameof(encrypted));
        Model = model;
        _encrypted = encrypted.ToArray();
        _values = FlatGradient.Hide(gradient, encrypted);
    }

    /// <summary>The model to which the gradient belongs.</summary>
    public TokenModel Model { get; }

    /// <summary>The flat gradient, with zeros in place of encrypted entries.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The flags that mark encrypted entries, one for each value of the flat gradient.</summary>
    public ReadOnlySpan<bool> Encrypted => _encrypted;

    /// <summary>Computes the gradient of a batch of sequences and hides part of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequences">Token indices, at least two a sequence.</param>
    /// <param name="encrypted">The flags of the encrypted entries.</param>
    /// <exception cref="ArgumentException">A sequence is too short, or a token or length wrong.</exception>
    public static ObservedTextGradient Of(
        TokenModel model, IReadOnlyList<IReadOnlyList<int>> sequences, ReadOnlySpan<bool> encrypted)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sequences);
        return new ObservedTextGradient(model, model.GradientOf(sequences), encrypted);
    }
}
