using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Text;

/// <summary>
/// A small recurrent language model consists of a token embedding, one tanh cell and a dense layer over the vocabulary.
/// </summary>
/// <remarks>It predicts every token of a sequence from those before it. Its parameters, in order:
/// <c>embedding.weight</c> [vocabulary, width], <c>rnn.input.weight</c> [hidden, width], <c>rnn.hidden.weight</c>
/// [hidden, hidden], <c>rnn.bias</c> [hidden], <c>out.weight</c> [vocabulary, hidden], <c>out.bias</c>
/// [vocabulary].</remarks>
public sealed class TokenModel
{
    /// <summary>Draws the model's parameters uniformly from +-1 / sqrt(fan-in), and the embeddings from +-1.</summary>
    /// <param name="vocabulary">The number of tokens, at least 2.</param>
    /// <param name="width">Values per embedding.</param>
    /// <param name="hidden">Values of the recurrent state.</param>
    /// <param name="seed">Equal seeds give equal models.</param>
    public TokenModel(int vocabulary, int width, int hidden, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        Vocabulary = vocabulary;
        var random = new SeededRandom(seed);
        Parameters =
        [
            Draw("embedding.weight", [vocabulary, width], 1),
            Draw("rnn.input.weight", [hidden, width], width),
            Draw("rnn.hidden.weight", [hidden, hidden], hidden),
            Draw("rnn.bias", [hidden], hidden),
            Draw("out.weight", [vocabulary, hidden], hidden),
            Draw("out.bias", [vocabulary], hidden),
        ];
        ParameterCount = Parameters.Sum(parameter => parameter.Value.Length);

        Parameter Draw(string name, TensorShape shape, int fanIn)
        {
            var tensor = Tensor.Zeros(shape);
            double bound = 1 / Math.Sqrt(fanIn);
            foreach (ref float value in tensor.Values)
            {
                value = (float)random.NextUniform(-bound, bound);
            }

            return new Parameter(name, tensor);
        }
    }

    /// <summary>The number of tokens in the vocabulary.</summary>
    public int Vocabulary { get; }

    /// <summary>The parameters, in a fixed order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The number of values in all parameters together.</summary>
    public int ParameterCount { get; }

    /// <summary>
    /// Computes the sensitivity of every parameter: the mean, over the sequences, of the magnitude of each sequence's gradient.
    /// </summary>
    /// <remarks>Source: FedML-HE, section 2.4, with a sequence as the sample and all of its next tokens as its label:
    /// cross-entropy is linear in each.</remarks>
    /// <param name="sequences">Token indices, at least two a sequence.</param>
    /// <exception cref="ArgumentException">A sequence is too short, or a token not of the vocabulary.</exception>
    public float[] SensitivityOf(IReadOnlyList<IReadOnlyList<int>> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        float[] sums = new float[ParameterCount];
        foreach (IReadOnlyList<int> sequence in sequences)
        {
            float[] gradient = GradientOf([sequence]);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += MathF.Abs(gradient[i]) / sequences.Count;
            }
        }

        return sums;
    }

    /// <summary>Computes the flat gradient of a batch's mean cross-entropy.</summary>
    internal float[] GradientOf(IReadOnlyList<IReadOnlyList<int>> sequences)
    {
        Variable[] parameters = [.. Parameters.Select(parameter => Variable.Of(parameter.Value))];
        return FlatGradient.Join(Gradient.Of(LossOf([.. sequences.Select(OneHot)], parameters), parameters));
    }

    /// <summary>Encodes each token as a row with a single 1.</summary>
    internal Variable OneHot(IReadOnlyList<int> sequence)
    {
        if (sequence.Count < 2 || sequence.Any(token => token < 0 || token >= Vocabulary))
        {
            throw Throw.NotASequence(Vocabulary, nameof(sequence));
        }

        return Variable.Constant(Tensor.OneHot([.. sequence], Vocabulary));
    }

    /// <summary>
    /// Computes the mean cross-entropy of the next tokens, for sequences given as distributions over the vocabulary.
    /// </summary>
    /// <param name="sequences">[tokens, vocabulary] each.</param>
    /// <param name="parameters">The model's parameters.</param>
    internal static Variable LossOf(IReadOnlyList<Variable> sequences, Variable[] parameters)
    {
        Variable sum = sequences.Select(sequence => SumOfLosses(sequence, parameters)).Aggregate((left, right) => left + right);
        return sum * (1f / sequences.Sum(sequence => sequence.Shape[0] - 1));
    }

    private static Variable SumOfLosses(Variable sequence, Variable[] parameters)
    {
        int steps = sequence.Shape[0] - 1;
        Variable inputs = Rows(sequence, 0, steps);
        Variable targets = Rows(sequence, 1, steps);
        Variable embedded = Operations.MatMul(inputs, parameters[0]);
        Variable driven = Operations.MatMul(embedded, parameters[1], transposeRight: true) + parameters[3];
        Variable? state = null;
        Variable? sum = null;
        for (int step = 0; step < steps; step++)
        {
            Variable drive = Rows(driven, step, 1);
            state = Operations.Tanh(state is null ? drive : drive + Operations.MatMul(state, parameters[2], transposeRight: true));
            Variable logits = Operations.MatMul(state, parameters[4], transposeRight: true) + parameters[5];
            Variable loss = -Operations.Sum(Rows(targets, step, 1) * Operations.LogSoftmax(logits));
            sum = sum is null ? loss : sum + loss;
        }

        return sum!;
    }

    private static Variable Rows(Variable matrix, int first, int count)
    {
        int columns = matrix.Shape[1];
        int[] positions = [.. Enumerable.Range(first * columns, count * columns)];
        return Operations.Gather(matrix, positions, [count, columns]);
    }
}
