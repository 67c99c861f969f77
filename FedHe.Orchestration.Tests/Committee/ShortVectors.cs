namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// Short vectors of small integers whose products with some rows vanish modulo a prime: by the reduction of Lenstra, Lenstra and Lovasz, with
/// Gram-Schmidt in double precision, which does for a dozen dimensions and primes of 50 bits.
/// </summary>
internal static class ShortVectors
{
    private const double Delta = 0.99;

    /// <summary>Finds a short vector x that is not zero with first * x = second * x = 0 modulo a prime.</summary>
    public static long[] Find(long[] first, long[] second, long prime)
    {
        Int128[][] basis = BasisOf(first, second, prime);
        Reduce(basis);
        return [.. basis.MinBy(vector => vector.Sum(one => (double)one * (double)one))!.Select(one => (long)one)];
    }

    /// <summary>A basis of all vectors whose products vanish: the first two places of each follow from the others.</summary>
    private static Int128[][] BasisOf(long[] first, long[] second, long prime)
    {
        Int128 Mod(Int128 value) => ((value % prime) + prime) % prime;
        Int128 inverse = Power(Mod(((Int128)first[0] * second[1]) - ((Int128)first[1] * second[0])), prime - 2, prime);
        var basis = new Int128[first.Length][];
        for (int i = 0; i < basis.Length; i++)
        {
            basis[i] = new Int128[first.Length];
            basis[i][i] = i < 2 ? prime : 1;
            if (i >= 2)
            {
                basis[i][0] = Mod(-inverse * Mod(((Int128)second[1] * first[i]) - ((Int128)first[1] * second[i])));
                basis[i][1] = Mod(-inverse * Mod(((Int128)first[0] * second[i]) - ((Int128)second[0] * first[i])));
            }
        }

        return basis;
    }

    private static void Reduce(Int128[][] basis)
    {
        int k = 1;
        while (k < basis.Length)
        {
            double[] norms = ReduceSize(basis, k, out double[] mu);
            if (norms[k] >= (Delta - (mu[k - 1] * mu[k - 1])) * norms[k - 1])
            {
                k++;
            }
            else
            {
                (basis[k], basis[k - 1]) = (basis[k - 1], basis[k]);
                k = Math.Max(1, k - 1);
            }
        }
    }

    /// <summary>Subtracts the vectors before one from it until it has no more to give, because rounding leaves some at the first pass.</summary>
    private static double[] ReduceSize(Int128[][] basis, int k, out double[] mu)
    {
        while (true)
        {
            double[] norms = Orthogonalize(basis, k, out double[][] all);
            mu = all[k];
            bool isReduced = true;
            for (int j = k - 1; j >= 0; j--)
            {
                double quotient = Math.Round(mu[j]);
                if (Math.Abs(mu[j]) > 0.51)
                {
                    isReduced = false;
                    basis[k] = [.. basis[k].Zip(basis[j], (mine, its) => mine - ((Int128)quotient * its))];
                    for (int i = 0; i <= j; i++)
                    {
                        mu[i] -= quotient * (i == j ? 1 : all[j][i]);
                    }
                }
            }

            if (isReduced)
            {
                return norms;
            }
        }
    }

    private static double[] Orthogonalize(Int128[][] basis, int last, out double[][] mu)
    {
        var vectors = new double[last + 1][];
        var norms = new double[last + 1];
        mu = [.. Enumerable.Range(0, last + 1).Select(_ => new double[last + 1])];
        for (int i = 0; i <= last; i++)
        {
            vectors[i] = [.. basis[i].Select(one => (double)one)];
            for (int j = 0; j < i; j++)
            {
                double factor = mu[i][j] = Product(vectors[i], vectors[j]) / norms[j];
                vectors[i] = [.. vectors[i].Zip(vectors[j], (mine, its) => mine - (factor * its))];
            }

            norms[i] = Product(vectors[i], vectors[i]);
        }

        return norms;
    }

    private static double Product(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private static Int128 Power(Int128 value, long exponent, long prime)
    {
        Int128 result = 1;
        for (; exponent > 0; exponent >>= 1)
        {
            result = (exponent & 1) == 1 ? result * value % prime : result;
            value = value * value % prime;
        }

        return result;
    }
}
