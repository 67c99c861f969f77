using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Attacks;

/// <summary>
/// An observed gradient is the view that a server has of one client's partly encrypted gradient, with the model.
/// </summary>
/// <remarks>Positions count through the model's parameters in their order, row-major within each, as the flat vector of
/// <see cref="ModelLayout"/> does. The encrypted values are zero here: no attack can read them by accident.</remarks>
public sealed class ObservedGradient
{
    private readonly bool[] _encrypted;
    private readonly float[] _values;

    /// <summary>Hides the encrypted entries of a gradient.</summary>
    /// <param name="model">The model, known to the server; not changed.</param>
    /// <param name="gradient">The flat gradient: the model's <see cref="Model.ParameterCount"/> values.</param>
    /// <param name="encrypted">The flags of the encrypted values.</param>
    /// <exception cref="ArgumentException">A length is not the model's parameter count.</exception>
    public ObservedGradient(Model model, ReadOnlySpan<float> gradient, ReadOnlySpan<bool> encrypted)
    {
        ArgumentNullException.ThrowIfNull(model);
        Throw.IfLengthDiffers(gradient.Length, model.ParameterCount, nameof(gradient));
        Throw.IfLengthDiffers(encrypted.Length, model.ParameterCount, nameof(encrypted));
        Model = model;
        _encrypted = encrypted.ToArray();
        _values = FlatGradient.Hide(gradient, encrypted);
    }

    /// <summary>The model to which the gradient belongs.</summary>
    public Model Model { get; }

    /// <summary>The flat gradient, with zeros in place of encrypted entries.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The flags that mark encrypted entries, one for each value of the flat gradient.</summary>
    public ReadOnlySpan<bool> Encrypted => _encrypted;

    /// <summary>Computes the gradient of the cross-entropy of a batch and hides part of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">[batch, ...sample shape].</param>
    /// <param name="labels">One class index per sample.</param>
    /// <param name="encrypted">The flags of the encrypted entries.</param>
    /// <exception cref="ArgumentException">A shape or length does not fit the model.</exception>
    public static ObservedGradient Of(Model model, Tensor batch, ReadOnlySpan<int> labels, ReadOnlySpan<bool> encrypted)
        => new(model, FlatGradient.Of(model, batch, labels), encrypted);

    /// <summary>Lists the positions that a mask encrypts, as one flag for each value of the flat vector.</summary>
    /// <param name="mask">The mask.</param>
    public static bool[] PositionsOf(EncryptionMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        bool[] positions = new bool[mask.ToArrayLength()];
        bool[] chosen = new bool[mask.EncryptedCount];
        Array.Fill(chosen, true);
        mask.ScatterEncrypted<bool>(chosen, positions);
        return positions;
    }
}
