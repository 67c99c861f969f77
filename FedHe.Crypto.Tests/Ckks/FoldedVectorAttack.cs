using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>
/// The attack folds an honest vector into itself 84 times, so that an encryption error e counts as e*2^84, moves the values to
/// an edge of rounding by a second honest vector, and finds every error by bisection from what is published.
/// </summary>
/// <remarks>Knowledge of the errors of one ciphertext is knowledge of the key: s = -(c0 - m - e)/a.</remarks>
internal sealed class FoldedVectorAttack : IDisposable
{
    public const int Degree = 8192;
    private const int Doublings = 84;
    private const int LogScale = 52;
    private const int LargestError = 21;

    private readonly CkksContext _context;
    private readonly KeyPair _keys;
    private readonly IDecryptor _decryptor;
    private readonly IEncryptor _encryptor;

    public FoldedVectorAttack(CkksContext context)
    {
        _context = context;
        _keys = context.GenerateKeyPair();
        _decryptor = context.CreateDecryptor(_keys.SecretKey);
        _encryptor = context.CreateEncryptor(_keys.SecretKey);
    }

    public static CkksParameters Parameters { get; } = CkksParameters.Create(new CkksParametersLiteral
    {
        Degree = Degree,
        LogModuli = [50, 50, 50, 50],
        LogScale = LogScale,
        Packing = CkksPacking.Coefficients,
    });

    public void Dispose()
    {
        _keys.Dispose();
        _context.Dispose();
    }

    /// <summary>Publishes as the library does.</summary>
    public double[] Publish(EncryptedVector vector, int precisionBits)
    {
        var published = new double[Degree];
        _decryptor.DecryptPublic(vector, precisionBits, published);
        return published;
    }

    /// <summary>Publishes with flooding that takes all summands for distinct, as the variance of a bound did once.</summary>
    public double[] PublishAsIfDistinct(EncryptedVector vector, int precisionBits)
    {
        VectorBound bound = _context.Ring.Errors.Seeded(1);
        for (int i = 0; i < Doublings; i++)
        {
            bound = bound.Add(bound);
        }

        var flooding = NoiseFlooding.For(Math.Sqrt(Degree) * Math.ScaleB(bound.NoiseSigma, LogScale), Math.ScaleB(1, -LogScale));
        double error = bound.Rounding + (VectorBound.TailFactor * flooding.ValueSigma);
        PublicationGrid grid = PublicationGrid.Demand(vector.Bound.MaxAbs, error, precisionBits);
        double[] published = Decrypt(vector);
        new SecretSampler(new DeterministicRandomSource(22)).AddGaussian(published, flooding.ValueSigma);
        grid.Round(published);
        return published;
    }

    /// <summary>Counts the errors that the attack finds with publications of a precision.</summary>
    public int RightErrors(int precisionBits, Func<EncryptedVector, int, double[]> publish)
    {
        // MaxAbs of the sum is slightly above 2^84, so a step is 2^(85-p), and half a step is 2^84 times 2^-p.
        double value = Math.ScaleB(1, -precisionBits);
        EncryptedVector sum = _encryptor.Encrypt([.. Enumerable.Repeat(value, Degree)], 1);
        int[] errors = [.. Decrypt(sum).Select(decrypted => (int)Math.Round(Math.ScaleB(decrypted - value, LogScale)))];
        for (int i = 0; i < Doublings; i++)
        {
            sum = _context.Public.Evaluator.Add(sum, sum);
        }

        int[] low = [.. Enumerable.Repeat(-LargestError - 1, Degree)];
        int[] high = [.. Enumerable.Repeat(LargestError + 1, Degree)];
        while (low.Zip(high, (l, h) => h - l).Max() > 1)
        {
            int[] middle = [.. low.Zip(high, (l, h) => (l + h) >> 1)];
            double[] published = publish(Shifted(sum, middle), precisionBits);
            for (int i = 0; i < Degree; i++)
            {
                bool isSettled = high[i] - low[i] == 1;
                low[i] = !isSettled && published[i] > 0 ? middle[i] : low[i];
                high[i] = !isSettled && published[i] <= 0 ? middle[i] : high[i];
            }
        }

        return errors.Zip(high, (error, guess) => error == guess ? 1 : 0).Sum();
    }

    /// <summary>Moves each value by as much as an error just above the middle counts.</summary>
    private EncryptedVector Shifted(EncryptedVector sum, int[] middle)
    {
        double[] shifts = [.. middle.Select(error => -(error + 0.5))];
        using EncryptedVector shift = _encryptor.Encrypt(shifts, maxAbs: 32);
        using IAccumulator accumulator = _context.Public.Evaluator.CreateAccumulator(Degree);
        accumulator.Add(sum);
        accumulator.Add(shift, 1L << (Doublings - LogScale));
        return accumulator.Complete();
    }

    private double[] Decrypt(EncryptedVector vector)
    {
        var values = new double[Degree];
        _decryptor.Decrypt(vector, values);
        return values;
    }
}
