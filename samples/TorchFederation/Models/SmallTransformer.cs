using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchFederation.Models;

/// <summary>
/// A small transformer that predicts the next token at every position. Its embedding and its last layer share their weights,
/// and travel once.
/// </summary>
internal sealed class SmallTransformer : nn.Module<Tensor, Tensor>
{
    private readonly Embedding _tokens;
    private readonly Parameter _positions;
    private readonly TransformerBlock _block1;
    private readonly TransformerBlock _block2;
    private readonly LayerNorm _norm;
    private readonly Linear _head;

    /// <param name="vocabulary">The number of tokens.</param>
    /// <param name="length">The length of sequences.</param>
    /// <param name="width">The width of hidden states.</param>
    /// <param name="linear">Creates the linear layers of the blocks; null for plain ones.</param>
    public SmallTransformer(int vocabulary, int length, int width, Func<int, int, nn.Module<Tensor, Tensor>>? linear = null)
        : base(nameof(SmallTransformer))
    {
        _tokens = nn.Embedding(vocabulary, width);
        _positions = new Parameter(randn(length, width) * 0.02);
        linear ??= (inputs, outputs) => nn.Linear(inputs, outputs);
        _block1 = new TransformerBlock(width, linear);
        _block2 = new TransformerBlock(width, linear);
        _norm = nn.LayerNorm(width);
        _head = nn.Linear(width, vocabulary, hasBias: false);
        using (no_grad())
        {
            _tokens.weight!.mul_(0.1);
        }

        _head.weight = _tokens.weight;
        RegisterComponents();
    }

    /// <summary>Returns logits [batch * length, vocabulary] of tokens [batch, length].</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor hidden = _tokens.call(input) + _positions;
        return _head.call(_norm.call(_block2.call(_block1.call(hidden)))).flatten(0, 1);
    }
}
