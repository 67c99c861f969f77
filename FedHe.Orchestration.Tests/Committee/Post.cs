namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A post carries letters in their order, and loses what is on its way to a party that is killed.</summary>
internal class Post
{
    protected List<Letter> Letters { get; } = [];

    public virtual void Add(Letter letter) => Letters.Add(letter);

    public virtual bool TryTake(out Letter letter)
    {
        letter = Letters.FirstOrDefault();
        bool isThere = Letters.Count > 0;
        if (isThere)
        {
            Letters.RemoveAt(0);
        }

        return isThere;
    }

    /// <summary>Loses the letters to the server, or to one client.</summary>
    public void Lose(int? client) => Letters.RemoveAll(letter => client is int index ? !letter.IsToServer && letter.Client == index : letter.IsToServer);
}
