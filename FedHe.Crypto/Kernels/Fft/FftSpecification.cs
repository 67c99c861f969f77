namespace FedHe.Crypto.Kernels.Fft;

/// <summary>The specification of the Fourier transform: stage by stage, butterfly by butterfly.</summary>
internal sealed class FftSpecification(int length) : ComplexFft(length)
{
    protected override void Butterflies(Span<double> real, Span<double> imaginary, ReadOnlySpan<double> sines)
    {
        for (int half = 1; half < Length; half *= 2)
        {
            for (int start = 0; start < Length; start += 2 * half)
            {
                for (int i = 0; i < half; i++)
                {
                    int low = start + i;
                    int high = low + half;
                    double cosine = Cosines[half + i];
                    double sine = sines[half + i];
                    // (low, high) -> (low + w*high, low - w*high) with w = cosine + i*sine
                    double x = (real[high] * cosine) - (imaginary[high] * sine);
                    double y = (real[high] * sine) + (imaginary[high] * cosine);
                    real[high] = real[low] - x;
                    imaginary[high] = imaginary[low] - y;
                    real[low] += x;
                    imaginary[low] += y;
                }
            }
        }
    }

    protected override void RotateCore(
        Span<double> real, Span<double> imaginary, ReadOnlySpan<double> cosines, ReadOnlySpan<double> sines)
    {
        for (int i = 0; i < Length; i++)
        {
            double x = real[i];
            double y = imaginary[i];
            real[i] = (x * cosines[i]) - (y * sines[i]);
            imaginary[i] = (x * sines[i]) + (y * cosines[i]);
        }
    }
}
