using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Tests.LinearTags;

/// <summary>The roots of a small polynomial modulo a prime, as anyone can find them.</summary>
/// <remarks>
/// Source: Cantor and Zassenhaus, "A new algorithm for factoring polynomials over finite fields", 1981, for linear factors.
/// </remarks>
internal sealed class PolynomialRoots(ulong p, int seed)
{
    private readonly System.Random _random = new(seed);

    /// <summary>Finds all roots of a polynomial whose coefficient of X^k is at index k.</summary>
    public List<ulong> Find(ulong[] polynomial)
    {
        ulong[] f = Monic(polynomial);
        var roots = new List<ulong>();
        Split(Gcd(f, Subtract(Power([0, 1], p, f), [0, 1])), roots); // gcd(f, X^p - X) has every root once
        return roots;
    }

    private void Split(ulong[] f, List<ulong> roots)
    {
        while (f.Length > 2)
        {
            // Half of all shifted roots are squares.
            ulong[] squares = Subtract(Power([(ulong)_random.NextInt64((long)p), 1], (p - 1) / 2, f), [1]);
            ulong[] factor = Gcd(f, squares);
            if (factor.Length > 1 && factor.Length < f.Length)
            {
                Split(factor, roots);
                f = Divide(f, factor).Quotient;
            }
        }

        if (f.Length == 2)
        {
            roots.Add((p - f[0]) % p);
        }
    }

    private ulong[] Power(ulong[] polynomial, ulong exponent, ulong[] f)
    {
        ulong[] result = [1];
        for (ulong[] square = polynomial; exponent != 0; exponent >>= 1, square = Multiply(square, square, f))
        {
            result = (exponent & 1) != 0 ? Multiply(result, square, f) : result;
        }

        return result;
    }

    private ulong[] Multiply(ulong[] left, ulong[] right, ulong[] f)
    {
        var product = new ulong[Math.Max(left.Length + right.Length - 1, 0)];
        for (int i = 0; i < left.Length; i++)
        {
            for (int j = 0; j < right.Length; j++)
            {
                product[i + j] = (product[i + j] + ModularArithmetic.Multiply(left[i], right[j], p)) % p;
            }
        }

        return Divide(Trim(product), f).Remainder;
    }

    private ulong[] Gcd(ulong[] left, ulong[] right)
    {
        while (right.Length > 0)
        {
            (left, right) = (right, Divide(left, Monic(right)).Remainder);
        }

        return Monic(left);
    }

    private (ulong[] Quotient, ulong[] Remainder) Divide(ulong[] dividend, ulong[] monic)
    {
        ulong[] rest = [.. dividend];
        var quotient = new ulong[Math.Max(dividend.Length - monic.Length + 1, 0)];
        for (int i = quotient.Length - 1; i >= 0; i--)
        {
            quotient[i] = rest[i + monic.Length - 1];
            for (int j = 0; j < monic.Length; j++)
            {
                rest[i + j] = ModularArithmetic.Subtract(rest[i + j], ModularArithmetic.Multiply(quotient[i], monic[j], p), p);
            }
        }

        return (quotient, Trim(rest));
    }

    private ulong[] Subtract(ulong[] left, ulong[] right)
        => Trim([.. Enumerable.Range(0, Math.Max(left.Length, right.Length)).Select(i =>
            ModularArithmetic.Subtract(left.ElementAtOrDefault(i), right.ElementAtOrDefault(i), p))]);

    private ulong[] Monic(ulong[] polynomial)
    {
        ulong[] trimmed = Trim(polynomial);
        return trimmed.Length == 0
            ? trimmed
            : [.. trimmed.Select(value => ModularArithmetic.Multiply(value, ModularArithmetic.Inverse(trimmed[^1], p), p))];
    }

    private static ulong[] Trim(ulong[] polynomial) => polynomial[..(Array.FindLastIndex(polynomial, value => value != 0) + 1)];
}
