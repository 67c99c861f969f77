namespace FedHe.Learning.Models;

/// <summary>The small models of the FedML-HE paper at their exact sizes.</summary>
/// <remarks>Source: Jin et al., "FedML-HE: An Efficient Homomorphic-Encryption-Based Privacy-Preserving Federated
/// Learning System", Table 4. The models' parameters are zero until <see cref="Model.Initialize"/>.</remarks>
public static class PaperModels
{
    /// <summary>100 inputs, one output: 101 parameters.</summary>
    public static Model Linear() => ModelFactory.Linear([100], 1);

    /// <summary>784-100-10: 79,510 parameters.</summary>
    public static Model Mlp() => ModelFactory.Mlp([1, 28, 28], [100], 10);

    /// <summary>Four convolutions and a dense layer 768-100 on 32 x 32 colour images: 88,648 parameters.</summary>
    public static Model LeNet() => ModelFactory.LeNet([3, 32, 32], 100);

    /// <summary>Two convolutions and dense layers 3136-512-10 on 28 x 28 grey images: 1,663,370 parameters.</summary>
    public static Model Cnn() => ModelFactory.Cnn([1, 28, 28], 10);
}
