using System.Buffers;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>A SEAL plaintext converter encodes values as SEAL's plaintexts, and decodes them.</summary>
internal sealed class SealPlaintextConverter(CkksRing ring, SealEncryptionParameters seal)
{
    private readonly double _scale = Math.ScaleB(1, ring.Parameters.LogScale);

    public void WritePlaintext(
        ReadOnlySpan<double> values, double maxAbs, IBufferWriter<byte> destination, SealWriteOptions? options)
    {
        _ = CkksFreshBound.Of(ring, maxAbs, VectorForm.Full);
        ValueGuard.CheckValues(values, maxAbs);
        CheckLength(values.Length);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        using var polynomials = SealPolynomials.OfSecret(ring.Degree, ring.LimbCount);
        Span<double> padded = workspace.Values.Span[..ring.Parameters.ValuesPerCiphertext];
        padded.Clear();
        values.CopyTo(padded);
        ring.Packing.Encode(padded, workspace.Coefficients);
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            NttPlan ntt = ring.Transforms[limb];
            Span<ulong> residues = polynomials.Limb(0, limb);
            PolynomialKernel.Default.ReduceSigned(workspace.Coefficients, residues, ntt.Modulus);
            ntt.Forward(residues);
        }

        using var plaintext = new SealPlaintext(seal, polynomials, _scale);
        plaintext.WriteTo(destination, options);
    }

    public bool TryReadPlaintext(ReadOnlySpan<byte> source, Span<double> destination, out FormatError reason)
    {
        CheckLength(destination.Length);
        if (!SealPlaintext.TryRead(source, seal, out SealPlaintext? plaintext, out reason))
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

            using CkksWorkspace workspace = ring.Workspaces.Rent();
            Span<double> coefficients = workspace.Values.Span[..ring.Degree];
            for (int limb = 0; limb < plaintext.PrimeCount; limb++)
            {
                ring.Transforms[limb].Inverse(plaintext.Polynomials.Limb(0, limb));
            }

            ring.Composers[plaintext.PrimeCount - 1].Compose(plaintext.Polynomials.Polynomial(0), ring.Degree, coefficients);
            ring.Packing.Decode(coefficients, destination);
            return true;
        }
    }

    private void CheckLength(int length)
    {
        if (length < 1 || length > ring.Parameters.ValuesPerCiphertext)
        {
            throw new ArgumentException($"A plaintext holds between 1 and {ring.Parameters.ValuesPerCiphertext} values.");
        }
    }
}
