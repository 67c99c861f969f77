namespace FedHe.Privacy.Budgets;

/// <summary>The unit of privacy says whose presence an epsilon hides. No value of it is a default.</summary>
public enum PrivacyUnit
{
    /// <summary>
    /// A client with all of its records. What is clipped is the difference between the client's model and the model of the round.
    /// </summary>
    Client = 1,

    /// <summary>A single record of a single client. What is clipped is the gradient of each record, inside local training.</summary>
    Record = 2,
}
