using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>A flooding sampler draws the noise of one ciphertext after the other. It is not thread-safe.</summary>
internal sealed class FloodingSampler : IDisposable
{
    // The random bytes of a batch fit the buffer of a stream of randomness.
    private const int SamplesPerBatch = 512;

    private readonly CkksRing _ring;
    private readonly ThresholdFlooding _flooding;
    private readonly SecretStream _stream;
    private readonly ShoupFactor[] _steps;
    private readonly AlignedArray<long> _high;
    private readonly AlignedArray<ulong> _low;
    private readonly AlignedArray<ulong> _residues;
    private readonly AlignedArray<byte> _scratch = new(SamplesPerBatch * FloodingKernel.Words * sizeof(ulong));

    /// <summary>Creates a sampler that disposes its stream.</summary>
    public FloodingSampler(CkksRing ring, ThresholdFlooding flooding, SecretStream stream)
    {
        _ring = ring;
        _flooding = flooding;
        _stream = stream;
        _steps = [.. ring.Parameters.Moduli.Select(modulus => ShoupFactor.Create((1UL << flooding.LowBits) % modulus, modulus))];
        _high = new AlignedArray<long>(ring.Degree);
        _low = new AlignedArray<ulong>(ring.Degree);
        _residues = new AlignedArray<ulong>(ring.Degree);
    }

    /// <summary>Draws the noise of a ciphertext.</summary>
    public void Draw(int ciphertext)
    {
        _stream.MoveTo(ciphertext);
        for (int start = 0; start < _ring.Degree; start += SamplesPerBatch)
        {
            ReadOnlySpan<byte> random = _stream.Next(_scratch);
            FloodingKernel.Sample(
                random,
                _flooding.HighBits,
                _flooding.LowBits,
                _high.Span.Slice(start, SamplesPerBatch),
                _low.Span.Slice(start, SamplesPerBatch));
        }
    }

    /// <summary>Adds the noise that was drawn last to the residues of a polynomial modulo one prime.</summary>
    public void AddTo(Span<ulong> polynomial, int limb)
    {
        ulong modulus = _ring.Parameters.Moduli[limb];
        PolynomialKernel.Default.ReduceSigned(_high, _residues, modulus);
        PolynomialKernel.Default.Scale(_residues, _steps[limb], modulus);
        PolynomialKernel.Default.Add(_residues, _low, modulus);
        PolynomialKernel.Default.Add(polynomial, _residues, modulus);
    }

    /// <summary>Zeroes the noise.</summary>
    public void Dispose()
    {
        SecretMemory.Zero<long>(_high);
        SecretMemory.Zero<ulong>(_low);
        SecretMemory.Zero<ulong>(_residues);
        SecretMemory.Zero<byte>(_scratch);
        _stream.Dispose();
    }
}
