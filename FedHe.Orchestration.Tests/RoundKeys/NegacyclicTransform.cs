namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>
/// A negacyclic transform is an attacker's own arithmetic modulo X^N + 1, written from the description of the ring alone:
/// out[i] = a(psi^(2*brev(i)+1)), with psi the smallest primitive 2N-th root of unity.
/// </summary>
internal sealed class NegacyclicTransform
{
    private readonly int _degree;
    private readonly ulong _modulus;
    private readonly ulong _psi;

    public NegacyclicTransform(int degree, ulong modulus)
    {
        _degree = degree;
        _modulus = modulus;
        _psi = SmallestRoot();
    }

    /// <summary>Solves value = factor * x, where the factor is transformed, for the coefficients of x.</summary>
    public ulong[] Divide(ulong[] value, ulong[] transformedFactor)
    {
        ulong[] quotient = Forward(value);
        for (int i = 0; i < _degree; i++)
        {
            quotient[i] = Multiply(quotient[i], Power(transformedFactor[i], _modulus - 2));
        }

        return Inverse(quotient);
    }

    private ulong[] Forward(ulong[] coefficients)
    {
        var twisted = new ulong[_degree];
        for (int j = 0; j < _degree; j++)
        {
            twisted[Reverse(j)] = Multiply(coefficients[j], Power(_psi, (ulong)j));
        }

        Cyclic(twisted, Multiply(_psi, _psi));
        return [.. Enumerable.Range(0, _degree).Select(i => twisted[Reverse(i)])];
    }

    private ulong[] Inverse(ulong[] values)
    {
        ulong inverse = Power(_psi, _modulus - 2);
        var result = (ulong[])values.Clone();
        Cyclic(result, Multiply(inverse, inverse));
        ulong scale = Power((ulong)_degree, _modulus - 2);
        for (int j = 0; j < _degree; j++)
        {
            result[j] = Multiply(Multiply(result[j], scale), Power(inverse, (ulong)j));
        }

        return result;
    }

    /// <summary>Transforms bit-reversed input to natural output.</summary>
    private void Cyclic(ulong[] values, ulong root)
    {
        for (int length = 2; length <= _degree; length *= 2)
        {
            ulong step = Power(root, (ulong)(_degree / length));
            for (int start = 0; start < _degree; start += length)
            {
                ulong factor = 1;
                for (int i = start; i < start + (length / 2); i++, factor = Multiply(factor, step))
                {
                    ulong odd = Multiply(values[i + (length / 2)], factor);
                    values[i + (length / 2)] = (values[i] + _modulus - odd) % _modulus;
                    values[i] = (values[i] + odd) % _modulus;
                }
            }
        }
    }

    private ulong SmallestRoot()
    {
        ulong order = 2 * (ulong)_degree;
        ulong any = 2;
        while (Power(Power(any, (_modulus - 1) / order), order / 2) != _modulus - 1)
        {
            any++;
        }

        ulong root = Power(any, (_modulus - 1) / order);
        ulong square = Multiply(root, root);
        ulong smallest = root;
        for (int i = 1; i < _degree; i++)
        {
            root = Multiply(root, square);
            smallest = Math.Min(smallest, root);
        }

        return smallest;
    }

    private int Reverse(int index)
    {
        int reversed = 0;
        for (int bit = 1; bit < _degree; bit *= 2)
        {
            reversed = (2 * reversed) + (index & 1);
            index >>= 1;
        }

        return reversed;
    }

    private ulong Multiply(ulong a, ulong b) => (ulong)((UInt128)a * b % _modulus);

    private ulong Power(ulong value, ulong exponent)
    {
        ulong result = 1;
        for (; exponent > 0; exponent >>= 1, value = Multiply(value, value))
        {
            result = (exponent & 1) != 0 ? Multiply(result, value) : result;
        }

        return result;
    }
}
