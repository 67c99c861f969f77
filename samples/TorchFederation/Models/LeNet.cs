using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchFederation.Models;

/// <summary>
/// The LeNet of the gradient-inversion literature, which FedML-HE measures with: four 5 x 5 convolutions of 12 channels with sigmoid and
/// a dense layer; 88,648 parameters for pictures [3, 32, 32] of 100 classes.
/// </summary>
internal sealed class LeNet : nn.Module<Tensor, Tensor>
{
    private const int Channels = 12;

    private readonly Conv2d _conv1 = nn.Conv2d(3, Channels, 5, stride: 2, padding: 2);
    private readonly Conv2d _conv2 = nn.Conv2d(Channels, Channels, 5, stride: 2, padding: 2);
    private readonly Conv2d _conv3 = nn.Conv2d(Channels, Channels, 5, padding: 2);
    private readonly Conv2d _conv4 = nn.Conv2d(Channels, Channels, 5, padding: 2);
    private readonly Linear _fc = nn.Linear(Channels * 8 * 8, 100);

    public LeNet()
        : base(nameof(LeNet)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        Tensor hidden = input;
        foreach (Conv2d convolution in (Conv2d[])[_conv1, _conv2, _conv3, _conv4])
        {
            hidden = convolution.call(hidden).sigmoid();
        }

        return _fc.call(hidden.flatten(1));
    }
}
