using System.Buffers;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <content>Plaintexts: the way in and out for packings that SEAL has no encoder for, and for tests.</content>
public sealed partial class SealExchange
{
    /// <summary>
    /// Encodes the values of one ciphertext as a plaintext of the first level that SEAL encrypts as it is.
    /// </summary>
    /// <param name="values">Up to as many values as a ciphertext holds; the rest is zero.</param>
    /// <param name="maxAbs">Bound on their magnitude.</param>
    /// <param name="destination">Receives the bytes, which are secret.</param>
    /// <param name="options">How to write, or null for <see cref="SealWriteOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">There are no values, or too many.</exception>
    /// <exception cref="HeValueException">A value is NaN, infinite or outside the bound.</exception>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    public void WritePlaintext(
        ReadOnlySpan<double> values, double maxAbs, IBufferWriter<byte> destination, SealWriteOptions? options = null)
    {
        _ = FreshBound(maxAbs);
        ValueGuard.CheckValues(values, maxAbs);
        CheckLength(values.Length);
        using CkksWorkspace workspace = _ring.Workspaces.Rent();
        using var polynomials = SealPolynomials.OfSecret(_ring.Degree, _ring.LimbCount);
        Span<double> padded = workspace.Values.Span[.._ring.Parameters.ValuesPerCiphertext];
        padded.Clear();
        values.CopyTo(padded);
        _ring.Packing.Encode(padded, workspace.Coefficients);
        for (int limb = 0; limb < _ring.LimbCount; limb++)
        {
            NttPlan ntt = _ring.Transforms[limb];
            Span<ulong> residues = polynomials.Limb(0, limb);
            PolynomialKernel.Default.ReduceSigned(workspace.Coefficients, residues, ntt.Modulus);
            ntt.Forward(residues);
        }

        using var plaintext = new SealPlaintext(_seal, polynomials, _scale);
        plaintext.WriteTo(destination, options);
    }

    /// <summary>Decodes a plaintext, as SEAL decrypts it, from untrusted bytes.</summary>
    /// <param name="source">The bytes of one file.</param>
    /// <param name="destination">Receives as many values as it holds, at most those of a ciphertext.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    /// <exception cref="ArgumentException">There is room for nothing, or for too many values.</exception>
    public bool TryReadPlaintext(ReadOnlySpan<byte> source, Span<double> destination, out FormatError reason)
    {
        CheckLength(destination.Length);
        if (!SealPlaintext.TryRead(source, _seal, out SealPlaintext? plaintext, out reason))
        {
            return false;
        }

        using (plaintext)
        {
            if (!plaintext.Scale.Equals(_scale))
            {
                reason = FormatError.FieldOutOfRange;
                return false;
            }

            using CkksWorkspace workspace = _ring.Workspaces.Rent();
            Span<double> coefficients = workspace.Values.Span[.._ring.Degree];
            for (int limb = 0; limb < plaintext.PrimeCount; limb++)
            {
                _ring.Transforms[limb].Inverse(plaintext.Polynomials.Limb(0, limb));
            }

            _composers[plaintext.PrimeCount - 1].Compose(plaintext.Polynomials.Polynomial(0), _ring.Degree, coefficients);
            _ring.Packing.Decode(coefficients, destination);
            return true;
        }
    }

    private void CheckLength(int length)
    {
        if (length < 1 || length > _ring.Parameters.ValuesPerCiphertext)
        {
            throw new ArgumentException($"A plaintext holds between 1 and {_ring.Parameters.ValuesPerCiphertext} values.");
        }
    }
}
