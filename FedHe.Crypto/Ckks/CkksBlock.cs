using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// The polynomials of a vector in one block of pooled memory: ciphertext by ciphertext, polynomial by polynomial, limb
/// by limb. The first polynomial c0 is kept as coefficients (so that its low bits can be dropped on the wire), the
/// second one c1 transformed (it only ever meets the secret key); where seeds stand for c1 it is not stored.
/// </summary>
internal sealed class CkksBlock : IDisposable
{
    private readonly int _degree;
    private readonly BlockBuffer _words;
    private int _isDisposed;

    public CkksBlock(CkksParameters parameters, int length, int polynomialCount, int limbCount)
    {
        _degree = parameters.Degree;
        PolynomialCount = polynomialCount;
        LimbCount = limbCount;
        long words = WordsOf(parameters, length, polynomialCount, limbCount);
        if (words > Array.MaxLength)
        {
            Throw.VectorTooLong();
        }

        _words = new BlockBuffer((int)words);
    }

    private CkksBlock(CkksBlock shared)
    {
        _degree = shared._degree;
        PolynomialCount = shared.PolynomialCount;
        LimbCount = shared.LimbCount;
        _words = shared._words;
        _words.Share();
    }

    /// <summary>2, or 1 where seeds stand for c1.</summary>
    public int PolynomialCount { get; }

    /// <summary>Primes not yet spent by rescaling.</summary>
    public int LimbCount { get; }

    private Span<ulong> Words
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            return _words.Span;
        }
    }

    public static int CiphertextsOf(CkksParameters parameters, int length)
        => (int)(((long)length + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext);

    public static int PolynomialsOf(VectorForm form) => form == VectorForm.Full ? 2 : 1;

    public static long WordsOf(CkksParameters parameters, int length, int polynomialCount, int limbCount)
        => (long)CiphertextsOf(parameters, length) * polynomialCount * limbCount * parameters.Degree;

    /// <summary>The words of one limb of c0 (polynomial 0) or, where it is stored, c1 (polynomial 1).</summary>
    public Span<ulong> Limb(int ciphertext, int polynomial, int limb)
    {
        int index = (((ciphertext * PolynomialCount) + polynomial) * LimbCount) + limb;
        return Words.Slice(index * _degree, _degree);
    }

    public void CopyTo(CkksBlock destination) => Words.CopyTo(destination.Words);

    /// <summary>Another owner of the same words, which nobody may write any more.</summary>
    public CkksBlock Share()
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return new CkksBlock(this);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _words.Release();
        }
    }
}
