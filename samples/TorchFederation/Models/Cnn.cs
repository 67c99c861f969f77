using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchFederation.Models;

/// <summary>
/// The CNN of FedML-HE: two 5 x 5 convolutions of 32 and 64 channels with pooling, and dense layers 3136-512-10; 1,663,370 parameters
/// for pictures [1, 28, 28] of 10 classes.
/// </summary>
internal sealed class Cnn : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d _conv1 = nn.Conv2d(1, 32, 5, padding: 2);
    private readonly Conv2d _conv2 = nn.Conv2d(32, 64, 5, padding: 2);
    private readonly Linear _fc1 = nn.Linear(64 * 7 * 7, 512);
    private readonly Linear _fc2 = nn.Linear(512, 10);

    public Cnn()
        : base(nameof(Cnn)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        Tensor hidden = nn.functional.max_pool2d(_conv1.call(input).relu(), 2);
        hidden = nn.functional.max_pool2d(_conv2.call(hidden).relu(), 2);
        return _fc2.call(_fc1.call(hidden.flatten(1)).relu());
    }
}
