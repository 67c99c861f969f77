namespace FedHe.Learning.Models;

/// <summary>The paper models are the small models of the FedML-HE paper at their exact sizes.</summary>
/// <remarks>Source: Jin et al., "FedML-HE: An Efficient Homomorphic-Encryption-Based Privacy-Preserving Federated
/// Learning System", Table 4. The models' parameters are zero until <see cref="Model.Initialize"/>.</remarks>
public static class PaperModels
{
    /// <summary>Builds the linear model of 100 inputs and one output, with 101 parameters.</summary>
    public static Model Linear() => ModelFactory.Linear([100], 1);

    /// <summary>Builds the multilayer perceptron 784-100-10, with 79,510 parameters.</summary>
    public static Model Mlp() => ModelFactory.Mlp([1, 28, 28], [100], 10);

    /// <summary>Builds the LeNet of four convolutions and a dense layer 768-100 on 32 x 32 color images, with 88,648
    /// parameters.</summary>
    public static Model LeNet() => ModelFactory.LeNet([3, 32, 32], 100);

    /// <summary>Builds the CNN of two convolutions and dense layers 3136-512-10 on 28 x 28 gray images, with 1,663,370
    /// parameters.</summary>
    public static Model Cnn() => ModelFactory.Cnn([1, 28, 28], 10);
}
