using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchFederation.Models;

/// <summary>A transformer block: causal self-attention and a feed-forward layer, each after a LayerNorm and beside a shortcut.</summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    private const int Heads = 4;

    private readonly LayerNorm _norm1;
    private readonly nn.Module<Tensor, Tensor> _projection;
    private readonly nn.Module<Tensor, Tensor> _output;
    private readonly LayerNorm _norm2;
    private readonly nn.Module<Tensor, Tensor> _feedForward1;
    private readonly nn.Module<Tensor, Tensor> _feedForward2;

    /// <param name="width">The width of hidden states.</param>
    /// <param name="linear">Creates a linear layer of some inputs and outputs.</param>
    public TransformerBlock(int width, Func<int, int, nn.Module<Tensor, Tensor>> linear)
        : base(nameof(TransformerBlock))
    {
        _norm1 = nn.LayerNorm(width);
        _projection = linear(width, 3 * width);
        _output = linear(width, width);
        _norm2 = nn.LayerNorm(width);
        _feedForward1 = linear(width, 4 * width);
        _feedForward2 = linear(4 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        Tensor hidden = input + _output.call(Attend(_projection.call(_norm1.call(input))));
        return hidden + _feedForward2.call(nn.functional.gelu(_feedForward1.call(_norm2.call(hidden))));
    }

    private static Tensor Attend(Tensor projected)
    {
        long batch = projected.shape[0];
        long length = projected.shape[1];
        long width = projected.shape[2] / 3;
        Tensor[] parts = projected.reshape(batch, length, 3, Heads, width / Heads).permute(2, 0, 3, 1, 4).unbind(0);
        Tensor attended = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        return attended.transpose(1, 2).reshape(batch, length, width);
    }
}
