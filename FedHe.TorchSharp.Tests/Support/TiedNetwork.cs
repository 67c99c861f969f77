using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>An encoder and a decoder with the same weights, in one of the ways in which modules tie them.</summary>
internal sealed class TiedNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Linear _encoder;
    private readonly Linear _decoder;

    private TiedNetwork(Func<Parameter, Parameter> tie, ScalarType type)
        : base(nameof(TiedNetwork))
    {
        _encoder = nn.Linear(4, 4, hasBias: false, dtype: type);
        _decoder = nn.Linear(4, 4, hasBias: false, dtype: type);
        _decoder.weight = tie(_encoder.weight!);
        RegisterComponents();
    }

    public Linear Encoder => _encoder;

    public Linear Decoder => _decoder;

    /// <summary>One parameter is registered twice.</summary>
    public static TiedNetwork ByParameter(ScalarType type = ScalarType.Float32) => new(weight => weight, type);

    /// <summary>Two parameters lie on one memory.</summary>
    public static TiedNetwork ByMemory(ScalarType type = ScalarType.Float32) => new(weight => new Parameter(weight.detach()), type);

    public override Tensor forward(Tensor input) => _decoder.call(_encoder.call(input).tanh());
}
