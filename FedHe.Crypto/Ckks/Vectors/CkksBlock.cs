using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// A CKKS block holds the polynomials of a vector in pooled memory: one buffer for c0 and one for c1, each ciphertext
/// by ciphertext and limb by limb.
/// </summary>
/// <remarks>
/// The first polynomial c0 is kept as coefficients, so that the wire can leave out low bits. The second polynomial c1
/// is kept transformed, because it is only multiplied by the secret key; where seeds stand for c1 it is not stored.
/// </remarks>
internal sealed class CkksBlock : ICkksPolynomials
{
    private readonly int _degree;
    private readonly BlockBuffer[] _buffers;
    private int _isDisposed;

    public CkksBlock(CkksParameters parameters, int length, int polynomialCount, int limbCount)
    {
        _degree = parameters.Degree;
        LimbCount = limbCount;
        long words = WordsOf(parameters, length, polynomialCount: 1, limbCount);
        if (words > Array.MaxLength)
        {
            throw Throw.VectorTooLong();
        }

        _buffers = new BlockBuffer[polynomialCount];
        for (int i = 0; i < polynomialCount; i++)
        {
            _buffers[i] = new BlockBuffer((int)words);
        }
    }

    private CkksBlock(CkksParameters parameters, int limbCount)
    {
        _degree = parameters.Degree;
        LimbCount = limbCount;
        _buffers = [];
        _isDisposed = 1;
    }

    private CkksBlock(CkksBlock shared, params ReadOnlySpan<BlockBuffer> added)
    {
        _degree = shared._degree;
        LimbCount = shared.LimbCount;
        _buffers = [.. shared._buffers, .. added];
        foreach (BlockBuffer buffer in shared._buffers)
        {
            buffer.Share();
        }
    }

    /// <summary>The number of stored polynomials: 2, or 1 where seeds stand for c1.</summary>
    public int PolynomialCount => _buffers.Length;

    public int LimbCount { get; }

    public bool AreInRange => true;

    public static int CiphertextsOf(CkksParameters parameters, int length)
        => (int)(((long)length + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext);

    public static int PolynomialsOf(VectorForm form) => form == VectorForm.Full ? 2 : 1;

    public static long WordsOf(CkksParameters parameters, int length, int polynomialCount, int limbCount)
        => (long)CiphertextsOf(parameters, length) * polynomialCount * limbCount * parameters.Degree;

    /// <summary>Creates a block that has no words, as if it had been disposed.</summary>
    public static CkksBlock Disposed(CkksParameters parameters, int limbCount) => new(parameters, limbCount);

    /// <summary>Returns the words of one limb of c0 (polynomial 0) or, where it is stored, c1 (polynomial 1).</summary>
    public Span<ulong> Limb(int ciphertext, int polynomial, int limb)
    {
        int index = (ciphertext * LimbCount) + limb;
        return Words(polynomial).Slice(index * _degree, _degree);
    }

    public ReadOnlySpan<ulong> Limb(int ciphertext, int polynomial, int limb, Span<ulong> scratch) => Limb(ciphertext, polynomial, limb);

    public void CopyLimb(int ciphertext, int polynomial, int limb, Span<ulong> destination)
        => Limb(ciphertext, polynomial, limb).CopyTo(destination);

    public void CopyTo(CkksBlock destination)
    {
        for (int i = 0; i < PolynomialCount; i++)
        {
            Words(i).CopyTo(destination.Words(i));
        }
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed != 0, this);

    public ICkksPolynomials Share()
    {
        ThrowIfDisposed();
        return new CkksBlock(this);
    }

    /// <summary>
    /// Creates another owner of c0, with its own room for c1. The first owner may not write c0 from now on.
    /// </summary>
    public CkksBlock WithSecondPolynomial() => new(this, new BlockBuffer(Words(polynomial: 0).Length));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            Array.ForEach(_buffers, buffer => buffer.Release());
        }
    }

    private Span<ulong> Words(int polynomial)
    {
        ThrowIfDisposed();
        return _buffers[polynomial].Span;
    }
}
