using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// The polynomials of a vector in one block of pooled memory: ciphertext by ciphertext, polynomial by polynomial, limb
/// by limb. The first polynomial c0 is kept as coefficients (so that its low bits can be dropped on the wire), the
/// second one c1 transformed (it only ever meets the secret key); in seeded form c1 is not stored.
/// </summary>
internal sealed class CkksBlock : IDisposable
{
    private readonly int _degree;
    private readonly int _polynomialCount;
    private readonly BlockBuffer _words;

    public CkksBlock(CkksParameters parameters, int length, VectorForm form, int limbCount)
    {
        _degree = parameters.Degree;
        _polynomialCount = PolynomialsOf(form);
        Form = form;
        LimbCount = limbCount;
        long words = WordsOf(parameters, length, form, limbCount);
        if (words > Array.MaxLength)
        {
            Throw.VectorTooLong();
        }

        _words = new BlockBuffer((int)words);
    }

    public VectorForm Form { get; }

    /// <summary>Primes not yet spent by rescaling.</summary>
    public int LimbCount { get; }

    public static int CiphertextsOf(CkksParameters parameters, int length)
        => (int)(((long)length + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext);

    public static int PolynomialsOf(VectorForm form) => form == VectorForm.Seeded ? 1 : 2;

    public static long WordsOf(CkksParameters parameters, int length, VectorForm form, int limbCount)
        => (long)CiphertextsOf(parameters, length) * PolynomialsOf(form) * limbCount * parameters.Degree;

    /// <summary>The words of one limb of c0 (polynomial 0) or, in full form, c1 (polynomial 1).</summary>
    public Span<ulong> Limb(int ciphertext, int polynomial, int limb)
    {
        int index = (((ciphertext * _polynomialCount) + polynomial) * LimbCount) + limb;
        return _words.Span.Slice(index * _degree, _degree);
    }

    public void Clear() => _words.Span.Clear();

    public void CopyTo(CkksBlock destination) => _words.Span.CopyTo(destination._words.Span);

    public void Dispose() => _words.Dispose();
}
