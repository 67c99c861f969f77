using System.Buffers;
using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.PerSample;

/// <summary>The per-sample gradients of a convolution are products of each image's output gradient and its windows.</summary>
internal sealed class ConvolutionGradients : LayerGradients
{
    private readonly Tensor _input;
    private readonly Tensor _outputGradient;
    private readonly WindowGeometry _geometry;
    private readonly ConvolutionMethod _method;
    private readonly int _degree;
    private readonly int _outChannels;
    private readonly double[] _squares;
    private readonly float[][] _kept;

    public ConvolutionGradients(
        Tensor input, Tensor outputGradient, WindowGeometry geometry, ConvolutionMethod method, int samples, int degree)
    {
        (_input, _outputGradient, _geometry, _method, _degree) = (input, outputGradient, geometry, method, degree);
        _outChannels = outputGradient.Shape[1];
        _squares = new double[samples];
        _kept = new float[samples][];
        ParallelRange.For(samples, degree, sample =>
        {
            if (method == ConvolutionMethod.Ghost)
            {
                _squares[sample] = GhostNorm(sample);
                return;
            }

            float[] gradient = Materialize(sample);
            _squares[sample] = SquareKernel.Norm(gradient.AsSpan(0, Length));
            Keep(sample, gradient);
        });
    }

    private int WeightCount => _outChannels * _geometry.WindowLength;

    private int Length => WeightCount + _outChannels;

    public override void AddSquaredNorms(Span<double> squares)
    {
        for (int sample = 0; sample < squares.Length; sample++)
        {
            squares[sample] += _squares[sample];
        }
    }

    public override void AddClipped(ReadOnlySpan<double> factors, Memory<double> sums)
    {
        for (int sample = 0; sample < factors.Length; sample++)
        {
            if (factors[sample] == 0)
            {
                continue;
            }

            float[] gradient = _kept[sample] ?? Materialize(sample);
            GridKernel.Add(gradient.AsSpan(0, Length), factors[sample] * Correction(sample, gradient), sums.Span);
            Keep(sample, gradient);
        }
    }

    public override void AddInnerProducts(ReadOnlyMemory<float> direction, Span<double> products)
    {
        var weight = new Tensor(
            [_outChannels, _geometry.Channels, _geometry.WindowHeight, _geometry.WindowWidth], direction.Span[..WeightCount].ToArray());
        Tensor turned = ConvolutionKernel.Forward(_input, weight, _geometry, _degree);
        int length = _outChannels * _geometry.Positions;
        float[] bias = new float[_outChannels];
        for (int sample = 0; sample < products.Length; sample++)
        {
            SumPositions(sample, bias);
            products[sample] += SquareKernel.Product(turned.Values.Slice(sample * length, length), GradientOf(sample))
                + SquareKernel.Product(bias, direction.Span[WeightCount..]);
        }
    }

    public override void Dispose()
    {
        for (int sample = 0; sample < _kept.Length; sample++)
        {
            if (_kept[sample] is float[] gradient)
            {
                ArrayPool<float>.Shared.Return(gradient);
            }

            _kept[sample] = null!;
        }
    }

    /// <summary>A norm found by pairs can be too small where they cancel, so that what is added is held to the norm that was
    /// counted with.</summary>
    private double Correction(int sample, float[] gradient)
    {
        if (_method != ConvolutionMethod.Ghost)
        {
            return 1;
        }

        double actual = SquareKernel.Norm(gradient.AsSpan(0, Length));
        return actual > _squares[sample] ? Math.Sqrt(_squares[sample] / actual) : 1;
    }

    private void Keep(int sample, float[] gradient)
    {
        if (_method == ConvolutionMethod.Keep)
        {
            _kept[sample] = gradient;
        }
        else
        {
            ArrayPool<float>.Shared.Return(gradient);
        }
    }

    private float[] Materialize(int sample)
    {
        float[] gradient = ArrayPool<float>.Shared.Rent(Length);
        float[] columns = ArrayPool<float>.Shared.Rent(_geometry.WindowLength * _geometry.Positions);
        ConvolutionKernel.ImageWeightGradient(
            _input, _outputGradient, _geometry, sample, columns, gradient.AsMemory(0, WeightCount));
        ArrayPool<float>.Shared.Return(columns);
        SumPositions(sample, gradient.AsSpan(WeightCount, _outChannels));
        return gradient;
    }

    /// <summary>Computes the squared norm of the sum over positions p of g_p x w_p as the sum over pairs of
    /// &lt;g_p, g_q&gt; (&lt;w_p, w_q&gt; + 1), where the 1 is the bias.</summary>
    private double GhostNorm(int sample)
    {
        int positions = _geometry.Positions;
        float[] columns = ArrayPool<float>.Shared.Rent(_geometry.WindowLength * positions);
        float[] windows = ArrayPool<float>.Shared.Rent(positions * positions);
        float[] gradients = ArrayPool<float>.Shared.Rent(positions * positions);
        WindowColumns.Gather(
            _input.Values.Slice(sample * _geometry.ImageLength, _geometry.ImageLength), _geometry, columns);
        Pairs(columns, _geometry.WindowLength, windows);
        int length = _outChannels * positions;
        Pairs(_outputGradient.Memory.Slice(sample * length, length), _outChannels, gradients);
        ReadOnlySpan<float> products = gradients.AsSpan(0, positions * positions);
        double norm = SquareKernel.Product(products, windows);
        foreach (float product in products)
        {
            norm += product;
        }

        ArrayPool<float>.Shared.Return(gradients);
        ArrayPool<float>.Shared.Return(windows);
        ArrayPool<float>.Shared.Return(columns);
        return norm < 0 ? 0 : norm;
    }

    private void Pairs(ReadOnlyMemory<float> vectors, int length, Memory<float> products) => Gemm.Multiply(
        MatrixView.Of(vectors, length, _geometry.Positions, transposed: true),
        MatrixView.Of(vectors, length, _geometry.Positions),
        products);

    private void SumPositions(int sample, Span<float> sums)
    {
        ReadOnlySpan<float> gradient = GradientOf(sample);
        for (int channel = 0; channel < sums.Length; channel++)
        {
            double sum = 0;
            foreach (float value in gradient.Slice(channel * _geometry.Positions, _geometry.Positions))
            {
                sum += value;
            }

            sums[channel] = (float)sum;
        }
    }

    private ReadOnlySpan<float> GradientOf(int sample)
    {
        int length = _outChannels * _geometry.Positions;
        return _outputGradient.Values.Slice(sample * length, length);
    }
}
